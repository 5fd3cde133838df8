"""Where the application starts. Tables are made by migrations, and nowhere else."""
