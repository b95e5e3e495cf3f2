# Caddy: the service "web" on port 80.
# Copy it and change it; what is in it is explained in docs/reference/templates.md.

{
	admin localhost:2019
}

:80 {
	# Who has the weight 0 gets no requests; other weights are all the same here.
	{{#if (count (without services.web.addresses "weight" 0))}}
	reverse_proxy {
		# Who drains gets no new requests while there is another one.
		{{#each (without (without services.web.addresses "draining" true) "weight" 0)}}
		to {{address}}
		{{else}}
		{{#each (without services.web.addresses "weight" 0)}}
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
