// Prints the OpenAPI document, for generating clients.
import { describeRoutes, handlers } from '../handlers/index.ts'

console.log(JSON.stringify(await describeRoutes(Object.values(handlers), '0.1.0'), null, 1))
