ALTER TABLE IF EXISTS "subscriptions" DROP COLUMN IF EXISTS "grace_until",
    DROP COLUMN IF EXISTS "cancelled_at";
