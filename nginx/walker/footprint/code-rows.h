/* Rows of the program and its libraries: their text and their data. */
#ifndef HW_CODE_ROWS_H
#define HW_CODE_ROWS_H

#include "footprint/rows.h"
#include "image/zero-data.h"

/* The row of the data or text of a file of code (area_is_code()). */
struct row *code_rows_of(struct rows *r, const struct area *a, bool writable);
void code_rows_add_zero_data(struct rows *r, const struct areas *areas, const struct zero_data_list *list);

#endif
