// Compiles the kernels and embeds them in the sources.
