/* What the parts of the core reader share: core.c (the file and its answers), core-segments.c (its memory) and core-notes.c (what its notes say). */
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

/* For search_first() among segments by address. */
static inline bool core_segment_ends_by(const void *segment, uint64_t address)
{
	return ((const struct core_segment *)segment)->end <= address;
}

static inline bool core_segment_is_of(const struct core_segment *s, const struct core_mapping *m)
{
	return s->file && s->file->inode == m->inode;
}

/* Read the segments that are in the file, and its notes. Returns 0, or -1 with e set. */
int core_segments_read(struct core *c, const char *file, struct error *e);
/*
** Say of each segment which file it is of and what /proc would name it, and add those that only the files have.
** False when memory ran out.
*/
bool core_segments_complete(struct core *c);
/* Read the notes in [at, at + size) of the file: threads, mapped files, pid, vdso. Nothing in them is believed unchecked. */
void core_notes_read(struct core *c, uint64_t at, uint64_t size);

#endif
