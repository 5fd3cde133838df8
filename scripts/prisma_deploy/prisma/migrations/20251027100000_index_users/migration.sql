-- CreateIndex
CREATE INDEX "users_customer_id_idx" ON "users"("customer_id");
