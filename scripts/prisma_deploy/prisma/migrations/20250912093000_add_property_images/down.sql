DROP TABLE IF EXISTS "property_images";
