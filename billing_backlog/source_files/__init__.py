"""Work that planning systems tell of in files: tables, LG04 and Visma FL in, plain rows and what is wrong out. Pure."""
