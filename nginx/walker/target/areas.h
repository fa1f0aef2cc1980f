/* The mappings of a process with their resident bytes, as /proc/PID/smaps has them. */
#ifndef HW_AREAS_H
#define HW_AREAS_H

#include "target/maps.h"
#include "target/memory.h"

struct area {
	struct mapping m;
	bool executable;
	bool lost_by_fork;	/* a clone of the process has it not, or empty */
	uint64_t rss;
	uint64_t claimed;	/* resident bytes that rows have already */
};

struct areas {
	struct area *list;
	size_t count;
};

/* Returns 0, or -1 with errno. */
int areas_read(struct areas *areas, pid_t pid);
void areas_free(struct areas *areas);
/* The same mappings as maps_read() has them. Returns 0, or -1 with errno. */
int areas_maps(const struct areas *areas, struct maps *maps);

/* File name without folders. */
const char *area_file(const struct area *a);
/* Whether two are mappings of one file. */
bool area_same_file(const struct area *a, const struct area *b);
/* A file of which some mapping is executable is code. */
bool area_is_code(const struct area *file, const struct areas *areas);
/* Private memory without a file, the brk heap included. */
bool area_is_anonymous(const struct area *a);
/* Private, anonymous, readable and writable: what an image has a copy of. */
bool area_in_image(const struct area *a);

#endif
