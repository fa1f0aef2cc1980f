#include "nginx/cycle.h"

#include <stdio.h>

enum { MODULE_VERSION = 40 };	/* in ngx_module_t, since 1.9.11 */

/* ngx_cycle->conf_ctx[ngx_http_module.index]->main_conf[ngx_http_lua_module.ctx_index]->lua */
uint64_t cycle_lua_state(const struct symbols *s, pid_t pid, const char *subsystem)
{
	char name[64];
	uint64_t core, lua, conf;

	snprintf(name, sizeof(name), "ngx_%s_module", subsystem);
	core = symbols_find(s, name);
	snprintf(name, sizeof(name), "ngx_%s_lua_module", subsystem);
	lua = symbols_find(s, name);
	if (core == 0 || lua == 0)
		return 0;
	conf = memory_word(pid, memory_word(pid, symbols_find(s, "ngx_cycle")));
	conf = conf ? memory_word(pid, conf + 8 * memory_word(pid, core + 8)) : 0;
	conf = memory_word(pid, conf);
	conf = conf ? memory_word(pid, conf + 8 * memory_word(pid, lua)) : 0;
	return memory_word(pid, conf);
}

void cycle_read(struct cycle *c, const struct symbols *s, pid_t pid)
{
	const uint64_t core = symbols_find(s, "ngx_core_module"), channel = symbols_find(s, "ngx_channel");

	c->address = memory_word(pid, symbols_find(s, "ngx_cycle"));
	c->version = core ? memory_word(pid, core + MODULE_VERSION) : 0;
	if (c->version < 1000000 || c->version >= 2000000)
		c->version = 0;
	c->next_number = memory_word(pid, memory_word(pid, symbols_find(s, "ngx_connection_counter")));
	if (channel == 0 || memory_read(pid, raddr(channel), &c->channel, sizeof(c->channel)) != 0)
		c->channel = -1;
}
