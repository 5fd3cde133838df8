-- CreateIndex
CREATE INDEX "documents_owner_id_kind_idx" ON "documents"("owner_id", "kind");
