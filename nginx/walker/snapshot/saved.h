/*
** A snapshot's raw memory in a file: the form of test heaps, and what to send along with
** a report about heapwalk. It holds everything the worker had in memory, secrets too.
*/
#ifndef HW_SAVED_H
#define HW_SAVED_H

#include "snapshot/snapshot.h"

/* Returns 0, or -1 with an error. The file is complete or absent. */
int saved_write(const struct snapshot *s, const char *file, struct error *e);
/* Read a saved image from memory; free with snapshot_free(). */
int saved_parse(struct snapshot *s, const uint8_t *data, size_t size, struct error *e);
int saved_read(struct snapshot *s, const char *file, struct error *e);

#endif
