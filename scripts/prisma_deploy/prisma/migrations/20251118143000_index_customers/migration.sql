-- CreateIndex
CREATE INDEX "customers_kyc_status_idx" ON "customers"("kyc_status");
