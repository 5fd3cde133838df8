-- CreateIndex
CREATE INDEX "leases_tenant_id_idx" ON "leases"("tenant_id");
