DROP TABLE IF EXISTS "provider_logs";
DROP TABLE IF EXISTS "verification_history";
DROP TABLE IF EXISTS "verification_documents";
DROP TABLE IF EXISTS "verification_requests";
