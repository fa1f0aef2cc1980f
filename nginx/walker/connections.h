/*
** The connections of one worker and the requests that each has served. ngx_connection_t differs by nginx's version
** and build options, so its fields are found by what they must point at; where that shows nothing, nothing is told.
*/
#ifndef HW_CONNECTIONS_H
#define HW_CONNECTIONS_H

#include "image.h"
#include "nginx.h"

#include <stdio.h>

struct connection {
	uint64_t number;	/* unique among all workers of a master */
	uint64_t started;	/* milliseconds on nginx's clock; 0 where the version keeps none */
	uint64_t requests;
};

struct connections {
	bool known;
	struct connection *list;	/* clients' connections, by number; closed ones until their slot is used again */
	size_t count;
};

/* Where a worker's connections are, each with its two events, used or not. */
struct connection_slots {
	uint64_t start, count, size;
	uint64_t reads, writes, event;	/* the n-th event of either array is the n-th slot's; event: the size of one */
};

/* False where they can't be found. */
bool connections_find(struct connection_slots *s, const struct image *im, const struct cycle *cycle);

/* Read them from the image of a worker. */
void connections_read(struct connections *c, const struct image *im, const struct cycle *cycle);
void connections_free(struct connections *c);
/* [[number, requests], ...] of those that served any, or null. */
void connections_json(FILE *out, const struct connections *c);

#endif
