# Caddy: the service "web" on port 80.
# Copy it and change it; what is in it is explained in docs/reference/templates.md.

{
	admin localhost:2019
}

:80 {
	{{#if (count services.web.addresses)}}
	reverse_proxy {
		# Who drains gets no new requests while there is another one.
		{{#each (without services.web.addresses "draining" true)}}
		to {{address}}
		{{else}}
		{{#each services.web.addresses}}
		to {{address}}
		{{/each}}
		{{/each}}
		lb_policy least_conn
		lb_try_duration 5s
		fail_duration 2s
		transport http {
			dial_timeout 2s
		}
	}
	{{else}}
	respond "Nobody serves web at the moment." 503
	{{/if}}
}
