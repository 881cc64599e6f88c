"""What is offered: services, procedures and the pages editors work on."""
