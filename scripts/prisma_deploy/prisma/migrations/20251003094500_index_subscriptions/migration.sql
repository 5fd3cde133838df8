-- CreateIndex
CREATE INDEX "subscriptions_renews_at_idx" ON "subscriptions"("renews_at");
