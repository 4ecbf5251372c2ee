import { readFileSync } from 'node:fs'
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'
import { expect, it } from 'vitest'

it('the types of the API are those of its description (npm run generate -w @parley/dashboard)', { timeout: 20_000 }, async () => {
  const wanted = COMMENT_HEADER + astToString(await openapiTS(new URL('../../../../api/openapi.yaml', import.meta.url)))
  expect(readFileSync(new URL('./api.gen.ts', import.meta.url), 'utf8') === wanted).toBe(true)
})
