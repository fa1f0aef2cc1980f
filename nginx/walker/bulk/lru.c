#include "bulk/lru.h"

static const struct {
	uint32_t length;
	char text[LRU_LONGEST + 1];
} texts[LRU_NAMES] = {
	[LRU_ITEMS] = {9, "num_items"},
	[LRU_MAX] = {9, "max_items"},	/* resty.lrucache */
	[LRU_SIZE] = {4, "size"},	/* resty.lrucache.pureffi, with the two tables below */
	[LRU_KEYS] = {5, "key_v"},
	[LRU_VALUES] = {5, "val_v"},
};

void lru_find_name(struct lru_names *l, const struct vm *vm, const uint8_t *s, uint64_t addr)
{
	const uint32_t length = get_u32(s + STR_LEN);

	for (int i = 0; i < LRU_NAMES; i++)
		if (length == texts[i].length && heap_at(vm, addr, STR_SIZE + (uint64_t)length) &&
		    memcmp(s + STR_SIZE, texts[i].text, length) == 0)
			l->of[i] = addr;
}

static bool get_count(uint64_t tv, uint64_t *count)
{
	double value;

	if (!tv_number(tv, &value) || !(value >= 0 && value < 1e15))
		return false;
	*count = (uint64_t)value;
	return true;
}

void lru_count(const struct lru_names *l, const struct vm *vm, struct node *n, const uint8_t *t)
{
	uint64_t field[LRU_NAMES], items, max;

	for (int i = 0; i < LRU_NAMES; i++)
		field[i] = heap_tab_getstr(vm, t, l->of[i]);
	if (tv_type(field[LRU_MAX]) == T_NIL && tv_type(field[LRU_KEYS]) == T_TAB && tv_type(field[LRU_VALUES]) == T_TAB)
		field[LRU_MAX] = field[LRU_SIZE];
	if (!get_count(field[LRU_ITEMS], &items) || !get_count(field[LRU_MAX], &max))
		return;
	n->lru_items += items;
	n->lru_max += max;
	n->lru_objects++;
}
