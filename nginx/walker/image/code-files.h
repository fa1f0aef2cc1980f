/* The program and its libraries: their text, their data, and the data that start as zeros and have no file behind them. */
#ifndef HW_CODE_FILES_H
#define HW_CODE_FILES_H

#include "image/claims.h"
#include "footprint/rows.h"

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
void claim_zero_data(struct claims *c, struct zero_data_list *z);
void add_zero_data(struct rows *r, const struct areas *areas, const struct zero_data_list *z);

/* A file of which some mapping is executable is code. */
bool is_code_file(const struct areas *areas, const struct area *file);
/* The row of such a file's data or text. */
struct row *code_file_row(struct rows *r, const struct area *a, bool writable);

#endif
