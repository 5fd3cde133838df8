ALTER TABLE IF EXISTS "properties" DROP COLUMN IF EXISTS "bedrooms",
    DROP COLUMN IF EXISTS "description",
    DROP COLUMN IF EXISTS "published";
