/* What of a process lies around its heaps, as a saved image has it: so that who holds malloc can be worked out again. */
#ifndef HW_SAVED_PROCESS_H
#define HW_SAVED_PROCESS_H

#include "snapshot/saved-file.h"
#include "snapshot/snapshot.h"

/*
** 1, or 0 and nothing more where it was not read; cycle (address, version, next number of a connection, channel); event loop
** (known, root, sentinel, time, then address and first of each queue); mappings (count, then start, end, flags, offset, inode,
** rss, path[192] each); libc's data (start, size, bytes); data that start as zeros (count, then mapping, start, end each);
** threads (count, then stack, thread pointer, number of words, words each); roots (whether any could not be read, count, then
** start, mapping, size, bytes each).
*/
void saved_process_write(FILE *f, const struct snapshot *s);
/* The image's regions are those of the process. Sets `cut` where something cannot be true. */
void saved_process_parse(struct saved_cursor *c, struct snapshot *s);

#endif
