/* What nginx itself holds of malloc's blocks. */
#ifndef HW_NGINX_HOLDERS_H
#define HW_NGINX_HOLDERS_H

#include "nginx/cycle.h"
#include "malloc/roots.h"

/* What is known of the process. */
struct nginx_memory {
	struct image *im;
	const struct roots *roots;
	const struct claims *claims;	/* all that were made */
	const struct zero_data_list *zero_data;
	const struct cycle *cycle;
	uint64_t timers;		/* address of ngx_event_timer_rbtree; 0: not exported */
};

/* The cycle (all of the configuration), libraries, timers, connections with their requests, the program's own data. */
void nginx_holders_take(struct holders *h, const struct nginx_memory *n);

#endif
