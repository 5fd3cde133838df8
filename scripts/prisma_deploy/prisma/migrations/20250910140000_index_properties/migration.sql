-- CreateIndex
CREATE INDEX "properties_city_rent_idx" ON "properties"("city", "rent");
