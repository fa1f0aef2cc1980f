/* Whether there is room for a clone of a process: what it may come to take is found out beforehand. */
#ifndef HW_ROOM_H
#define HW_ROOM_H

#include "base/error.h"
#include "target/areas.h"

#include <stdint.h>

/*
** What a clone may come to take: the process's private pages that can be written, each copied once it writes there, and the tables
** that say where pages are, 8 bytes for each.
*/
uint64_t room_needed(const struct areas *areas);

/*
** Refuses with an error that says which limit is too near, of the machine or of the process's control groups, as far up as they can be
** seen. root: the folder that /proc and the mounts of control groups are in, without a slash at its end; empty for this machine's.
** Returns 0 or -1.
*/
int room_check(const char *root, pid_t pid, uint64_t bytes, struct error *e);

#endif
