DROP TABLE IF EXISTS "maintenance_requests";
