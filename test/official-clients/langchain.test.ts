import { describe } from 'vitest'
import { proveUse, stageProof } from './support/prove.ts'
import { LANGCHAIN } from './uses/langchain.ts'

const stage = stageProof()

describe('a program that uses LangChain', () => proveUse(LANGCHAIN, stage))
