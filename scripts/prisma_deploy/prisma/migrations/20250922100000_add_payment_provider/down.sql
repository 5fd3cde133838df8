ALTER TABLE IF EXISTS "payments" DROP COLUMN IF EXISTS "provider",
    DROP COLUMN IF EXISTS "provider_reference",
    DROP COLUMN IF EXISTS "paid_at";
