#include "snapshot/saved-file.h"

#include <string.h>

void saved_put(FILE *f, uint64_t v)
{
	fwrite(&v, 8, 1, f);
}

void saved_put_record(FILE *f, uint64_t first, uint64_t second, const char name[SAVED_NAME])
{
	saved_put(f, first);
	saved_put(f, second);
	fwrite(name, SAVED_NAME, 1, f);
}

const uint8_t *saved_take(struct saved_cursor *c, uint64_t n)
{
	const uint8_t *p = c->at;

	if (n > c->left) {
		c->cut = true;
		return NULL;
	}
	c->at += n;
	c->left -= (size_t)n;
	return p;
}

uint64_t saved_get(struct saved_cursor *c)
{
	const uint8_t *p = saved_take(c, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	return v;
}

void saved_get_record(struct saved_cursor *c, uint64_t *first, uint64_t *second, char name[SAVED_NAME])
{
	const uint8_t *p;

	*first = saved_get(c);
	*second = saved_get(c);
	p = saved_take(c, SAVED_NAME);
	if (p)
		memcpy(name, p, SAVED_NAME);
	name[SAVED_NAME - 1] = '\0';
}

size_t saved_get_count(struct saved_cursor *c, size_t size)
{
	uint64_t n = saved_get(c);

	if (n > c->left / size) {
		c->cut = true;
		return 0;
	}
	return (size_t)n;
}
