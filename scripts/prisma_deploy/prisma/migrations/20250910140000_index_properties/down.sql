DROP INDEX IF EXISTS "properties_city_rent_idx";
