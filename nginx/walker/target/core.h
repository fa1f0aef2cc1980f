/*
** A core file in the place of a live process. One is open at a time, and CORE stands for its pid: the readers of this room
** (maps, areas, memory, page map, threads) then answer from the file, so that nobody above them needs to know.
*/
#ifndef HW_CORE_H
#define HW_CORE_H

#include "base/error.h"
#include "target/areas.h"
#include "target/maps.h"
#include "target/memory.h"
#include "target/threads.h"

/* In place of a pid: the process that the open core file is of. */
enum { CORE = 0 };

/* What the file says of the process, and what of its memory the file has not. */
struct core_facts {
	pid_t pid;
	uint64_t written_ms;		/* Unix time of the file */
	char program[192];		/* path of the program; as given, or as the core names it; empty: not named */
	uint64_t dumped;		/* bytes of memory that are in the file */
	/* bytes that the process had and the file lacks: of files (code), read from the files themselves where they still are, and of
	   shared memory */
	uint64_t lacks_files, lacks_shared;
	/* Paths of programs and libraries whose names of functions and data are not known, since the file is not there, or is another
	   one. Each ends with a NUL; those for which there is no room are left out. */
	char missing[8192];
	size_t missing_size;
};

/* Where the files are now that a core's process had mapped, if not where the core says. */
struct core_files {
	const char *root;    /* the folder that was its root; NULL: this machine's */
	const char *program; /* the program, wherever it is; NULL: where it was */
};

/*
** Open a core that the kernel or gcore wrote.
** Returns 0, or -1 with an error. At the end: core_close().
*/
int core_open(const char *file, const struct core_files *files, struct error *e);
void core_close(void);
/* Of the open core. */
const struct core_facts *core_facts(void);
/* Whether these bytes begin a core file. */
bool core_is(const uint8_t *head, size_t size);

/* What maps.c, areas.c, memory.c, pagemap.c and threads.c answer for CORE; see there. */
int core_maps(struct maps *maps);
int core_areas(struct areas *areas);
int core_read(struct raddr from, void *to, size_t len);
int core_pages(uint64_t start, uint64_t *entries, size_t units);
void core_threads(struct threads *t);

#endif
