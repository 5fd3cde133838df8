DROP INDEX IF EXISTS "verification_requests_status_created_at_idx";
