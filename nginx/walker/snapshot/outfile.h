/* A file that is complete or absent: written beside its name and renamed. Devices and pipes are written as they are. */
#ifndef HW_OUTFILE_H
#define HW_OUTFILE_H

#include "base/error.h"

#include <stdio.h>

struct outfile {
	FILE *stream;
	char *buffer;	/* of the stream */
	const char *name;
	char beside[4096];	/* empty: name is no regular file, and is written directly */
};

/* Returns 0, or -1 with an error. Every opened one must be closed. */
int outfile_open(struct outfile *o, const char *name, struct error *e);
/* result is that of the writing: only with 0 does the file appear under its name. Returns it, or -1 with an error. */
int outfile_close(struct outfile *o, int result, struct error *e);

#endif
