/* JSON in ASCII: what passes through terminals, logs and container engines unharmed. */
#ifndef HW_JSON_H
#define HW_JSON_H

#include "base/line.h"

#include <stddef.h>
#include <stdio.h>

/* A quoted string. Bytes that are not UTF-8 become lone surrogates \udcXX. */
void json_string(FILE *out, const char *text, size_t length);
/* The same into a line. */
void json_line(struct line *l, const char *text, size_t length);

#endif
