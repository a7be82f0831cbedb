SwaggerUIBundle({ url: "/v1/openapi.json", dom_id: "#reference", validatorUrl: null, persistAuthorization: true });
