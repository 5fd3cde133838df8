ALTER TABLE IF EXISTS "customers" DROP COLUMN IF EXISTS "kyc_status",
    DROP COLUMN IF EXISTS "kyc_completed_at",
    DROP COLUMN IF EXISTS "kyc_verified_by";
