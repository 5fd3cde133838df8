DROP INDEX IF EXISTS "subscriptions_renews_at_idx";
