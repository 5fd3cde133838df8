-- AlterTable
ALTER TABLE "properties" ADD COLUMN "bedrooms" INTEGER,
    ADD COLUMN "description" TEXT,
    ADD COLUMN "published" BOOLEAN NOT NULL DEFAULT false;
