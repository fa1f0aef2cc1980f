/* Data of the program and its libraries that start as zeros and have no file behind them. */
#ifndef HW_ZERO_DATA_H
#define HW_ZERO_DATA_H

#include "image/claims.h"

/* Zero-initialised data of the file that is mapped first at areas.list[area]. */
struct zero_data {
	size_t area;
	uint64_t start, end;
	uint64_t resident;		/* what of it was claimed */
};

struct zero_data_list {
	struct zero_data *list;
	size_t count;
};

/* While the process stands still. */
void zero_data_read(struct zero_data_list *z, const struct areas *areas, pid_t pid);
void zero_data_free(struct zero_data_list *z);
void zero_data_claim(struct claims *c, struct zero_data_list *z);

#endif
