local silent = 1; silent = silent + 1
