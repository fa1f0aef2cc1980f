/*
** The connections of one worker and the requests that each has served. The fields for them, like the slots, are found
** by what they must point at; where that shows nothing, nothing is told.
*/
#ifndef HW_CONNECTIONS_H
#define HW_CONNECTIONS_H

#include "nginx/slots.h"

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

/* Read them from the slots of a worker; of none (count 0) nothing is known. */
void connections_read(struct connections *c, const struct slots *s);
void connections_free(struct connections *c);
/* [[number, requests], ...] of those that served any, or null. */
void connections_json(FILE *out, const struct connections *c);

#endif
