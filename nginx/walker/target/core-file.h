/* What the parts of the core reader share: core.c (the file and its answers) and core-notes.c (what its notes say). */
#ifndef HW_CORE_FILE_H
#define HW_CORE_FILE_H

#include "target/core.h"

/* A stretch of the process's memory. */
struct core_segment {
	uint64_t start, end;
	uint64_t at, size;		/* in the file: size bytes from `at` on; the rest of it is not there */
	bool readable, writable, executable;
	const struct core_mapping *file;	/* NULL: of no file */
	const char *name;		/* "[stack]" and the like; NULL: none */
};

/* What of a file was mapped where. */
struct core_mapping {
	uint64_t start, end, offset;
	const char *path;		/* in the core file */
	uint64_t inode;			/* made up: the same for the same path */
	int fd;				/* of the file as it is now; -1: not there, or another one */
};

struct core {
	const uint8_t *bytes;
	size_t size;
	uint16_t machine;		/* EM_X86_64 or EM_AARCH64 */
	struct core_facts facts;
	struct core_segment *segments;	/* by address */
	size_t nsegments;
	struct core_mapping *mappings;
	size_t nmappings;
	struct threads threads;		/* the main one first */
	uint64_t vdso;			/* its address; 0: not told */
};

/* Read the notes in [at, at + size) of the file: threads, mapped files, pid, vdso. Nothing in them is believed unchecked. */
void core_notes_read(struct core *c, uint64_t at, uint64_t size);

#endif
