-- AlterTable
ALTER TABLE "payments" ADD COLUMN "provider" TEXT NOT NULL DEFAULT 'paystack',
    ADD COLUMN "provider_reference" TEXT,
    ADD COLUMN "paid_at" TIMESTAMP(3);
