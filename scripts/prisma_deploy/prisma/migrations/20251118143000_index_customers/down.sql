DROP INDEX IF EXISTS "customers_kyc_status_idx";
