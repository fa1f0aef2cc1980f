/* What is mapped where in another process. */
#ifndef HW_MAPS_H
#define HW_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A line of /proc/PID/maps. */
struct mapping {
	uint64_t start, end;
	bool readable, writable, shared;
	uint64_t offset, inode;
	char path[192];		/* cut when longer; empty for anonymous memory */
};

struct maps {
	struct mapping *list;
	size_t count;
};

/* The line of a mapping, as maps and smaps have it. False where it is none. */
bool mapping_parse(const char *line, struct mapping *m, bool *executable);
/* Read /proc/PID/maps. Returns 0, or -1 with errno. Free with maps_free(). */
int maps_read(pid_t pid, struct maps *maps);
void maps_free(struct maps *maps);

#endif
