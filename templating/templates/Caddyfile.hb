# Caddy: the service "web" on port 80.
# Copy it and change it; what is in it is explained in docs/reference/templates.md.

{
	admin localhost:2019
}

:80 {
	{{#if (count (without services.web.addresses "draining" true))}}
	reverse_proxy {
		{{#each (without services.web.addresses "draining" true)}}
		to {{address}}
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
