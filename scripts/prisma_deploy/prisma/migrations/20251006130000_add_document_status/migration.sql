-- CreateEnum
CREATE TYPE "DocumentStatus" AS ENUM ('uploaded', 'accepted', 'rejected');

-- AlterTable
ALTER TABLE "documents" ADD COLUMN "status" "DocumentStatus" NOT NULL DEFAULT 'uploaded';
