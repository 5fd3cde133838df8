-- AlterTable
ALTER TABLE "customers" ADD COLUMN "kyc_status" TEXT NOT NULL DEFAULT 'pending',
    ADD COLUMN "kyc_completed_at" TIMESTAMP(3),
    ADD COLUMN "kyc_verified_by" TEXT;
