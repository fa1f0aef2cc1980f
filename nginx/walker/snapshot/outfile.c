#define _GNU_SOURCE
#include "snapshot/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16 };

int outfile_open(struct outfile *o, const char *name, struct error *e)
{
	struct stat st;
	bool direct = stat(name, &st) == 0 && !S_ISREG(st.st_mode);	/* renaming over /dev/null would replace the device */
	int fd;

	o->name = name;
	o->beside[0] = '\0';
	if (!direct && (size_t)snprintf(o->beside, sizeof(o->beside), "%s.%d.part", name, (int)getpid()) >= sizeof(o->beside))
		return error_set(e, EXIT_USAGE, "cannot write %.100s...: the name is too long", name);
	fd = direct ? open(name, O_WRONLY | O_CLOEXEC) : open(o->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	o->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!o->stream)
		return error_set(e, EXIT_USAGE, "cannot write %s: %s", direct ? name : o->beside, strerror(errno));
	o->buffer = malloc(BUFFER_BYTES);
	if (o->buffer)	/* else musl's own of 1 KB does */
		setvbuf(o->stream, o->buffer, _IOFBF, BUFFER_BYTES);
	return 0;
}

int outfile_close(struct outfile *o, int result, struct error *e)
{
	bool failed = ferror(o->stream) != 0;

	failed = fclose(o->stream) != 0 || failed;
	free(o->buffer);
	if (result == 0 && (failed || (o->beside[0] && rename(o->beside, o->name) != 0)))
		result = error_set(e, EXIT_USAGE, "cannot write %s: %s", o->name, strerror(errno));
	if (result != 0 && o->beside[0])
		unlink(o->beside);
	return result;
}
