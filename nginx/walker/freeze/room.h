/* Whether there is room for a copy or a clone of a process: what it may come to take is found out beforehand. */
#ifndef HW_ROOM_H
#define HW_ROOM_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* Bytes that may come to be taken. */
struct room_needed {
	uint64_t clone;		/* for the clone; they count where the process does */
	uint64_t copy;		/* for the copy that is made of it; it counts where this process does */
};

/*
** Refuses with an error that says which limit is too near, of the machine or of the process's control groups, as far up as they can be
** seen. root: the folder that /proc and the mounts of control groups are in, without a slash at its end; empty for this machine's.
** Called before the copy's memory is taken. Returns 0 or -1.
*/
int room_check(const char *root, pid_t pid, const struct room_needed *n, struct error *e);
/*
** The same where nothing is cloned, by the control groups of this process. Small copies, and limits that cannot be seen, are let pass.
*/
int room_check_copy(const char *root, pid_t pid, uint64_t bytes, struct error *e);

#endif
