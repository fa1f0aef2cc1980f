/*
** The slots of a worker's connections, ngx_cycle->connections. ngx_connection_t differs by nginx's version and build
** options, so where the slots are and how large is found by what each must point at: its own two events.
*/
#ifndef HW_SLOTS_H
#define HW_SLOTS_H

#include "image/image.h"
#include "nginx/cycle.h"
#include "base/word.h"

/* The head of ngx_connection_t, the same in all versions. */
enum { C_DATA = 0, C_READ = 8, C_WRITE = 16, C_FD = 24, C_LISTENING = 64, C_POOL = 88, C_SOCKADDR = 104 };

struct slots {
	const struct image *im;
	const struct cycle *cycle;
	uint64_t start, count, size;		/* size: sizeof(ngx_connection_t) */
	uint64_t reads, writes, event;		/* their events, of which the n-th is the n-th slot's; event: sizeof(ngx_event_t) */
	const uint8_t *copy;
};

/* False, with count 0, where they can't be found. They hold no memory of their own. */
bool slots_find(struct slots *s, const struct image *im, const struct cycle *cycle);

/* What a slot has in all versions, whether it is in use or not. */
const uint8_t *slot_at(const struct slots *s, uint64_t i);
/* A client's connection, present or past: only what accepts one notes its peer's address. */
bool slot_is_accepted(const uint8_t *p);
/* Whether a structure at this address lies in an event of one of the slots. */
bool slots_have_event(const struct slots *s, uint64_t address);

/* Which slots no connection uses: one flag for each. False where it can't be told. */
bool slots_find_free(const struct slots *s, bool *is_free);

#endif
