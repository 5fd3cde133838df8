-- AlterTable
ALTER TABLE "subscriptions" ADD COLUMN "grace_until" TIMESTAMP(3),
    ADD COLUMN "cancelled_at" TIMESTAMP(3);
