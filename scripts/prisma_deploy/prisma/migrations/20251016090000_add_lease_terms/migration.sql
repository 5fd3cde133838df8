-- AlterTable
ALTER TABLE "leases" ADD COLUMN "deposit" DECIMAL(12,2),
    ADD COLUMN "notice_days" INTEGER NOT NULL DEFAULT 30;
